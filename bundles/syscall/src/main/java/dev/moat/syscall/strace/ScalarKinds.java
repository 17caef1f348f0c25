package dev.moat.syscall.strace;

import static dev.moat.abi.OpenFlags.O_CREAT;
import static dev.moat.abi.OpenFlags.O_TMPFILE;

import dev.moat.abi.At;
import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.FileMode;
import java.util.Map;

/** Numbers. */
final class ScalarKinds {
    private ScalarKinds() {}

    static void register(Map<String, ArgumentKind> kinds) {
        kinds.put("int", (out, call, i) -> out.append((int) call.argument(i)));
        kinds.put("fd", (out, call, i) -> out.append((int) call.argument(i)));
        kinds.put("pid", (out, call, i) -> out.append((int) call.argument(i)));
        kinds.put("uint", (out, call, i) -> out.append(call.argument(i) & 0xffff_ffffL));
        kinds.put("long", (out, call, i) -> out.append(call.argument(i)));
        kinds.put("size", (out, call, i) -> out.append(Long.toUnsignedString(call.argument(i))));
        kinds.put("hex", (out, call, i) -> Text.hex(out, call.argument(i)));
        kinds.put("hex32", (out, call, i) -> Text.hex(out, call.argument(i) & 0xffff_ffffL));
        kinds.put("ptr", (out, call, i) -> Text.pointer(out, call.argument(i)));
        kinds.put("octal", (out, call, i) -> Text.octal(out, call.argument(i) & 0xffff_ffffL));
        kinds.put("mode", (out, call, i) -> mode(out, (int) call.argument(i)));
        kinds.put("filemode", (out, call, i) -> fileMode(out, (int) call.argument(i)));
        kinds.put("dirfd", (out, call, i) -> directory(out, (int) call.argument(i)));
        kinds.put("id", (out, call, i) -> out.append(id(call.argument(i))));
        kinds.put(
                "dev",
                (out, call, i) ->
                        out.append("makedev(")
                                .append(DeviceNumbers.major(call.argument(i)))
                                .append(", ")
                                .append(DeviceNumbers.minor(call.argument(i)))
                                .append(')'));
        kinds.put("createmode", new CreateMode());
        kinds.put(
                "ints",
                (out, call, i) -> Arrays.ints(out, call, call.argument(i), call.argument(i - 1)));
        kinds.put("intptr", (out, call, i) -> Arrays.ints(out, call, call.argument(i), 1));
        kinds.put("intpair", (out, call, i) -> Arrays.ints(out, call, call.argument(i), 2));
        kinds.put("longptr", (out, call, i) -> Arrays.longs(out, call, call.argument(i), 1));
    }

    /** A user or group id: -1 means "leave it". */
    static String id(long value) {
        return (int) value == -1 ? "-1" : Long.toString(value & 0xffff_ffffL);
    }

    static void directory(StringBuilder out, int fd) {
        if (fd == At.AT_FDCWD) {
            out.append("AT_FDCWD");
        } else {
            out.append(fd);
        }
    }

    /** Permission bits: three digits at least, as %#03o. */
    static void mode(StringBuilder out, int mode) {
        String octal = Integer.toOctalString(mode);
        out.append("0".repeat(Math.max(1, 3 - octal.length()))).append(octal);
    }

    /** Type, set-id and sticky bits by name, permission bits. */
    static void fileMode(StringBuilder out, int mode) {
        if ((mode & FileMode.S_IFMT) != 0) {
            Symbols.MODE_TYPE.print(out, mode & FileMode.S_IFMT);
            out.append('|');
        }
        out.append((mode & FileMode.S_ISUID) != 0 ? "S_ISUID|" : "");
        out.append((mode & FileMode.S_ISGID) != 0 ? "S_ISGID|" : "");
        out.append((mode & FileMode.S_ISVTX) != 0 ? "S_ISVTX|" : "");
        mode(out, mode & FileMode.S_IRWXUGO);
    }

    /** The mode of open(2): there only if a file may be created. */
    private static final class CreateMode implements ArgumentKind {
        @Override
        public void print(StringBuilder out, Call call, int index) {
            mode(out, (int) call.argument(index));
        }

        @Override
        public boolean isAbsent(Call call, int index) {
            long flags = call.argument(index - 1);
            return (flags & O_CREAT) == 0 && (flags & O_TMPFILE) != O_TMPFILE;
        }
    }
}
