package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.__NR_ioctl;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostTerminal;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@link HostTerminal} by ioctl_tty(2). */
@Component(service = HostTerminal.class)
public final class JnrHostTerminal implements HostTerminal {
    private static final int TCGETS = 0x5401;
    private static final int TCSETS = 0x5402;
    private static final int TIOCGWINSZ = 0x5413;
    private static final int TIOCSWINSZ = 0x5414;

    /** The kernel's {@code struct termios}: four flag words, c_line, c_cc[19]. */
    private static final int TERMIOS_BYTES = 36;

    private static final int IFLAG = 0;
    private static final int OFLAG = 4;
    private static final int CFLAG = 8;
    private static final int LFLAG = 12;
    private static final int CC = 17;
    private static final int VTIME = 5;
    private static final int VMIN = 6;

    /** cfmakeraw(3): IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON. */
    private static final int RAW_CLEARS_IFLAG = 01 | 02 | 010 | 040 | 0100 | 0200 | 0400 | 02000;

    /** OPOST. */
    private static final int RAW_CLEARS_OFLAG = 01;

    /** ECHO ECHONL ICANON ISIG IEXTEN. */
    private static final int RAW_CLEARS_LFLAG = 010 | 0100 | 02 | 01 | 0100000;

    /** CSIZE PARENB. */
    private static final int RAW_CLEARS_CFLAG = 060 | 0400;

    private static final int CS8 = 060;

    private final HostContext context;
    private final NativeCalls calls;

    /** The service; loads the native library. */
    @Activate
    public JnrHostTerminal() {
        this(HostContext.create());
    }

    JnrHostTerminal(HostContext context) {
        this.context = context;
        this.calls = context.calls();
    }

    @Override
    public boolean isTerminal(int fd) {
        return readMode(fd, new byte[TERMIOS_BYTES]) == 0;
    }

    @Override
    public Optional<WindowSize> windowSize(int fd) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment size = scratch.struct();
            if (calls.call(__NR_ioctl, fd, TIOCGWINSZ, size.address()) < 0) {
                return Optional.empty();
            }
            return Optional.of(
                    new WindowSize(
                            size.get(JAVA_SHORT, 0) & 0xffff,
                            size.get(JAVA_SHORT, 2) & 0xffff,
                            size.get(JAVA_SHORT, 4) & 0xffff,
                            size.get(JAVA_SHORT, 6) & 0xffff));
        }
    }

    @Override
    public int setWindowSize(int fd, WindowSize size) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment winsize = scratch.struct();
            winsize.set(JAVA_SHORT, 0, (short) size.rows());
            winsize.set(JAVA_SHORT, 2, (short) size.columns());
            winsize.set(JAVA_SHORT, 4, (short) size.widthPixels());
            winsize.set(JAVA_SHORT, 6, (short) size.heightPixels());
            return (int) calls.call(__NR_ioctl, fd, TIOCSWINSZ, winsize.address());
        }
    }

    @Override
    public RawMode enterRawMode(int fd) {
        byte[] former = new byte[TERMIOS_BYTES];
        HostResult.orThrow(readMode(fd, former));
        byte[] raw = former.clone();
        MemorySegment termios = MemorySegment.ofArray(raw);
        clear(termios, IFLAG, RAW_CLEARS_IFLAG);
        clear(termios, OFLAG, RAW_CLEARS_OFLAG);
        clear(termios, LFLAG, RAW_CLEARS_LFLAG);
        clear(termios, CFLAG, RAW_CLEARS_CFLAG);
        termios.set(INT, CFLAG, termios.get(INT, CFLAG) | CS8);
        raw[CC + VMIN] = 1;
        raw[CC + VTIME] = 0;
        HostResult.orThrow(writeMode(fd, raw));
        AtomicBoolean restored = new AtomicBoolean();
        return () -> {
            if (restored.compareAndSet(false, true)) {
                writeMode(fd, former);
            }
        };
    }

    /** A byte array has no alignment to offer. */
    private static final java.lang.foreign.ValueLayout.OfInt INT = JAVA_INT.withByteAlignment(1);

    private static void clear(MemorySegment termios, int offset, int bits) {
        termios.set(INT, offset, termios.get(INT, offset) & ~bits);
    }

    private int readMode(int fd, byte[] termios) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment buffer = scratch.struct();
            int result = (int) calls.call(__NR_ioctl, fd, TCGETS, buffer.address());
            if (result == 0) {
                MemorySegment.copy(buffer, JAVA_BYTE, 0, termios, 0, TERMIOS_BYTES);
            }
            return result;
        }
    }

    private int writeMode(int fd, byte[] termios) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment buffer = scratch.struct();
            MemorySegment.copy(termios, 0, buffer, JAVA_BYTE, 0, TERMIOS_BYTES);
            return (int) calls.call(__NR_ioctl, fd, TCSETS, buffer.address());
        }
    }

    @Override
    public Registration onSignal(int signal, Runnable listener) {
        String name =
                switch (signal) {
                    case 1 -> "HUP";
                    case 2 -> "INT";
                    case 15 -> "TERM";
                    case 18 -> "CONT";
                    case 20 -> "TSTP";
                    case 28 -> "WINCH";
                    default -> throw Errno.EINVAL.exception();
                };
        return SignalRegistration.install(name, listener);
    }
}
