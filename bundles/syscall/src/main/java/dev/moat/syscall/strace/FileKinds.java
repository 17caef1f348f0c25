package dev.moat.syscall.strace;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.EpollEvent;
import dev.moat.abi.FileMode;
import dev.moat.abi.Flock;
import dev.moat.abi.OpenHow;
import dev.moat.abi.PollFd;
import dev.moat.abi.Stat;
import dev.moat.abi.Statfs;
import dev.moat.abi.Statx;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** Structs of files and of waiting for them. */
final class FileKinds {
    private FileKinds() {}

    static void register(Map<String, ArgumentKind> kinds) {
        kinds.put(
                "stat",
                (out, call, i) ->
                        Arrays.struct(out, call, call.argument(i), Stat.SIZE, FileKinds::stat));
        kinds.put(
                "statx",
                (out, call, i) ->
                        Arrays.struct(out, call, call.argument(i), Statx.SIZE, FileKinds::statx));
        kinds.put(
                "statfs",
                (out, call, i) ->
                        Arrays.struct(out, call, call.argument(i), Statfs.SIZE, FileKinds::statfs));
        kinds.put(
                "openhow",
                (out, call, i) ->
                        Arrays.struct(
                                out, call, call.argument(i), OpenHow.SIZE, FileKinds::openHow));
        kinds.put(
                "pollfds",
                (out, call, i) ->
                        Arrays.array(
                                out,
                                call,
                                call.argument(i),
                                call.argument(i + 1),
                                PollFd.SIZE,
                                FileKinds::pollFd));
        kinds.put(
                "epollevent",
                (out, call, i) ->
                        Arrays.struct(
                                out,
                                call,
                                call.argument(i),
                                EpollEvent.SIZE,
                                FileKinds::epollEvent));
        kinds.put(
                "epollevents",
                (out, call, i) ->
                        Arrays.array(
                                out,
                                call,
                                call.argument(i),
                                call.result(),
                                EpollEvent.SIZE,
                                FileKinds::epollEvent));
        kinds.put("dirents", (out, call, i) -> dirents(out, call, i));
        kinds.put("fdset", (out, call, i) -> fdSet(out, call, call.argument(i), call.argument(0)));
    }

    static void flock(StringBuilder out, MemorySegment memory, long at) {
        Flock lock = Flock.readFrom(memory, at);
        String[] types = {"F_RDLCK", "F_WRLCK", "F_UNLCK"};
        String[] whence = {"SEEK_SET", "SEEK_CUR", "SEEK_END"};
        out.append("{l_type=").append(name(types, lock.type()));
        out.append(", l_whence=").append(name(whence, lock.whence()));
        out.append(", l_start=").append(lock.start());
        out.append(", l_len=").append(lock.length()).append('}');
    }

    private static String name(String[] names, int value) {
        return value >= 0 && value < names.length ? names[value] : Integer.toString(value);
    }

    private static void stat(StringBuilder out, MemorySegment memory, long at) {
        Stat stat = Stat.readFrom(memory, at);
        out.append("{st_mode=");
        ScalarKinds.fileMode(out, stat.mode());
        if (FileMode.S_ISCHR(stat.mode()) || FileMode.S_ISBLK(stat.mode())) {
            out.append(", st_rdev=makedev(0x")
                    .append(Integer.toHexString(DeviceNumbers.major(stat.specialDevice())))
                    .append(", 0x")
                    .append(Integer.toHexString(DeviceNumbers.minor(stat.specialDevice())))
                    .append(')');
        } else {
            out.append(", st_size=").append(stat.sizeBytes());
        }
        out.append(", ...}");
    }

    private static void statx(StringBuilder out, MemorySegment memory, long at) {
        Statx stat = Statx.readFrom(memory, at);
        out.append("{stx_mask=");
        Symbols.STATX.print(out, stat.mask() & 0xffff_ffffL);
        out.append(", stx_attributes=");
        Text.hex(out, stat.attributes());
        out.append(", stx_mode=");
        ScalarKinds.fileMode(out, stat.mode());
        out.append(", stx_size=").append(stat.sizeBytes()).append(", ...}");
    }

    private static void statfs(StringBuilder out, MemorySegment memory, long at) {
        Statfs stat = Statfs.readFrom(memory, at);
        out.append("{f_type=");
        Text.hex(out, stat.type());
        out.append(", f_bsize=").append(stat.blockSizeBytes());
        out.append(", f_blocks=").append(stat.blocks());
        out.append(", f_bfree=").append(stat.freeBlocks());
        out.append(", f_bavail=").append(stat.availableBlocks());
        out.append(", f_files=").append(stat.files());
        out.append(", f_ffree=").append(stat.freeFiles());
        out.append(", f_namelen=").append(stat.maxNameBytes()).append(", ...}");
    }

    private static void openHow(StringBuilder out, MemorySegment memory, long at) {
        OpenHow how = OpenHow.readFrom(memory, at);
        out.append("{flags=");
        Symbols.OPEN.print(out, how.flags());
        if (how.mode() != 0) {
            out.append(", mode=");
            ScalarKinds.mode(out, (int) how.mode());
        }
        out.append(", resolve=");
        Text.hex(out, how.resolve());
        out.append('}');
    }

    private static void pollFd(StringBuilder out, MemorySegment memory, long at) {
        PollFd poll = PollFd.readFrom(memory, at);
        out.append("{fd=").append(poll.fd()).append(", events=");
        Symbols.POLL.print(out, poll.events() & 0xffff);
        if (poll.revents() != 0) {
            out.append(", revents=");
            Symbols.POLL.print(out, poll.revents() & 0xffff);
        }
        out.append('}');
    }

    private static void epollEvent(StringBuilder out, MemorySegment memory, long at) {
        EpollEvent event = EpollEvent.readFrom(memory, at);
        out.append("{events=");
        Symbols.EPOLL.print(out, event.events() & 0xffff_ffffL);
        out.append(", data=");
        Text.hex(out, event.data());
        out.append('}');
    }

    private static void dirents(StringBuilder out, Call call, int index) {
        Text.pointer(out, call.argument(index));
        long bytes = Math.min(call.result(), 1 << 20);
        MemorySegment memory =
                bytes > 0 ? call.read(call.argument(index), bytes) : MemorySegment.NULL;
        int entries = 0;
        long at = 0;
        while (at + 18 < memory.byteSize()) {
            int length = memory.get(JAVA_SHORT_UNALIGNED, at + 16) & 0xffff;
            if (length == 0) {
                break;
            }
            entries++;
            at += length;
        }
        out.append(" /* ").append(entries).append(entries == 1 ? " entry */" : " entries */");
    }

    private static void fdSet(StringBuilder out, Call call, long userAddr, long count) {
        int fds = Math.clamp(count, 0, 1024);
        MemorySegment memory =
                userAddr == 0 || fds == 0
                        ? MemorySegment.NULL
                        : call.read(userAddr, (fds + 63) / 64 * 8L);
        if (memory.byteSize() == 0) {
            Text.pointer(out, userAddr);
            return;
        }
        out.append('[');
        String separator = "";
        for (int fd = 0; fd < fds; fd++) {
            if ((memory.get(JAVA_BYTE, fd / 8) >> fd % 8 & 1) != 0) {
                out.append(separator).append(fd);
                separator = " ";
            }
        }
        out.append(']');
    }
}
