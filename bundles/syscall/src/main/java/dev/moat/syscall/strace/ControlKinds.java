package dev.moat.syscall.strace;

import static dev.moat.abi.Fcntl.FD_CLOEXEC;
import static dev.moat.abi.Fcntl.F_GETFD;
import static dev.moat.abi.Fcntl.F_GETFL;
import static dev.moat.abi.Fcntl.F_GETLEASE;
import static dev.moat.abi.Fcntl.F_GETLK;
import static dev.moat.abi.Fcntl.F_GETOWN;
import static dev.moat.abi.Fcntl.F_GETPIPE_SZ;
import static dev.moat.abi.Fcntl.F_GETSIG;
import static dev.moat.abi.Fcntl.F_GET_SEALS;
import static dev.moat.abi.Fcntl.F_OFD_GETLK;
import static dev.moat.abi.Fcntl.F_OFD_SETLK;
import static dev.moat.abi.Fcntl.F_OFD_SETLKW;
import static dev.moat.abi.Fcntl.F_SETFD;
import static dev.moat.abi.Fcntl.F_SETFL;
import static dev.moat.abi.Fcntl.F_SETLK;
import static dev.moat.abi.Fcntl.F_SETLKW;
import static dev.moat.abi.Ioctls.FIONBIO;
import static dev.moat.abi.Ioctls.FIONREAD;
import static dev.moat.abi.Ioctls.TCGETS;
import static dev.moat.abi.Ioctls.TCSETS;
import static dev.moat.abi.Ioctls.TCSETSF;
import static dev.moat.abi.Ioctls.TCSETSW;
import static dev.moat.abi.Ioctls.TIOCGPGRP;
import static dev.moat.abi.Ioctls.TIOCGPTN;
import static dev.moat.abi.Ioctls.TIOCGSID;
import static dev.moat.abi.Ioctls.TIOCGWINSZ;
import static dev.moat.abi.Ioctls.TIOCSPGRP;
import static dev.moat.abi.Ioctls.TIOCSPTLCK;
import static dev.moat.abi.Ioctls.TIOCSWINSZ;

import dev.moat.abi.Flock;
import dev.moat.abi.Prctl;
import dev.moat.abi.Termios;
import dev.moat.abi.Winsize;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** Arguments whose meaning depends on another one: ioctl(2), fcntl(2), futex(2), prctl(2). */
final class ControlKinds {
    private ControlKinds() {}

    static void register(Map<String, ArgumentKind> kinds) {
        ArgumentKind ioctl = ControlKinds::ioctl;
        kinds.put("ioctlarg", ioctl.asOutput());
        kinds.put("fcntlarg", new FcntlArgument());
        kinds.put("prctlarg", ControlKinds::prctl);
    }

    private static void ioctl(StringBuilder out, Call call, int index) {
        long address = call.argument(index);
        switch ((int) call.argument(index - 1)) {
            case TIOCGWINSZ, TIOCSWINSZ ->
                    Arrays.struct(out, call, address, Winsize.SIZE, ControlKinds::winsize);
            case TCGETS, TCSETS, TCSETSW, TCSETSF ->
                    Arrays.struct(out, call, address, Termios.SIZE, ControlKinds::termios);
            case TIOCGPGRP, TIOCSPGRP, TIOCGSID, FIONREAD, FIONBIO, TIOCGPTN, TIOCSPTLCK ->
                    Arrays.ints(out, call, address, 1);
            default -> Text.hex(out, address);
        }
    }

    private static void winsize(StringBuilder out, MemorySegment memory, long at) {
        Winsize size = Winsize.readFrom(memory, at);
        out.append("{ws_row=").append(size.rows()).append(", ws_col=").append(size.columns());
        out.append(", ws_xpixel=").append(size.widthPixels());
        out.append(", ws_ypixel=").append(size.heightPixels()).append('}');
    }

    private static void termios(StringBuilder out, MemorySegment memory, long at) {
        Termios modes = Termios.readFrom(memory, at);
        out.append("{c_iflag=");
        Text.hex(out, modes.inputFlags());
        out.append(", c_oflag=");
        Text.hex(out, modes.outputFlags());
        out.append(", c_cflag=");
        Text.hex(out, modes.controlFlags());
        out.append(", c_lflag=");
        Text.hex(out, modes.localFlags());
        out.append(", ...}");
    }

    /** The third argument of fcntl(2), which the plain questions do not have. */
    private static final class FcntlArgument implements ArgumentKind {
        @Override
        public void print(StringBuilder out, Call call, int index) {
            fcntl(out, call, index);
        }

        @Override
        public boolean isAbsent(Call call, int index) {
            return switch ((int) call.argument(index - 1)) {
                case F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE, F_GETPIPE_SZ, F_GET_SEALS ->
                        true;
                default -> false;
            };
        }
    }

    private static void fcntl(StringBuilder out, Call call, int index) {
        long argument = call.argument(index);
        switch ((int) call.argument(index - 1)) {
            case F_SETFL -> Symbols.OPEN.print(out, argument & 0xffff_ffffL);
            case F_SETFD -> out.append((argument & FD_CLOEXEC) != 0 ? "FD_CLOEXEC" : "0");
            case F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW ->
                    Arrays.struct(out, call, argument, Flock.SIZE, FileKinds::flock);
            default -> out.append(argument);
        }
    }

    private static void prctl(StringBuilder out, Call call, int index) {
        if ((int) call.argument(0) == Prctl.PR_SET_NAME) {
            Text.string(out, call.memory(), call.argument(index), 15);
        } else {
            Text.hex(out, call.argument(index));
        }
    }
}
