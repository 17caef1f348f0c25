package dev.moat.syscall.strace;

import static dev.moat.abi.SocketConstants.AF_INET;
import static dev.moat.abi.SocketConstants.AF_INET6;
import static dev.moat.abi.SocketConstants.AF_NETLINK;
import static dev.moat.abi.SocketConstants.AF_UNIX;
import static dev.moat.abi.SocketConstants.SOL_SOCKET;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.Iovec;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SockaddrUn;
import dev.moat.abi.SocketConstants;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** Socket addresses and messages. */
final class SocketKinds {
    private static final int MAX_ADDRESS_BYTES = 128;
    private static final int MAX_VECTOR = 16;
    private static final SymbolSet OPTIONS = SymbolSet.choice(SocketConstants.class, "SO_");

    private SocketKinds() {}

    static void register(Map<String, ArgumentKind> kinds) {
        kinds.put(
                "sockaddr",
                (out, call, i) -> address(out, call, call.argument(i), (int) call.argument(i + 1)));
        ArgumentKind filled =
                (out, call, i) -> address(out, call, call.argument(i), readLength(call, i + 1));
        kinds.put("outsockaddr", filled.asOutput());
        kinds.put("socklen", new SocketLength());
        kinds.put("msghdr", (out, call, i) -> message(out, call, call.argument(i)));
        kinds.put(
                "sockopt",
                (out, call, i) -> {
                    if (call.argument(i - 1) == SOL_SOCKET) {
                        OPTIONS.print(out, call.argument(i) & 0xffff_ffffL);
                    } else {
                        out.append((int) call.argument(i));
                    }
                });
        kinds.put(
                "optval",
                (out, call, i) -> {
                    long length = call.argument(i + 1);
                    if (length == Integer.BYTES) {
                        Arrays.ints(out, call, call.argument(i), 1);
                    } else {
                        Text.buffer(out, call.memory(), call.argument(i), length);
                    }
                });
        ArgumentKind read =
                (out, call, i) -> {
                    int length = readLength(call, i + 1);
                    if (length == Integer.BYTES) {
                        Arrays.ints(out, call, call.argument(i), 1);
                    } else {
                        Text.buffer(out, call.memory(), call.argument(i), length);
                    }
                };
        kinds.put("outoptval", read.asOutput());
    }

    /** A length that the kernel reads and writes: shown even when the call has failed. */
    private static final class SocketLength implements ArgumentKind {
        @Override
        public void print(StringBuilder out, Call call, int index) {
            Arrays.ints(out, call, call.argument(index), 1);
        }

        @Override
        public boolean isOutput() {
            return true;
        }
    }

    private static int readLength(Call call, int index) {
        try {
            return call.argument(index) == 0 ? 0 : call.memory().readInt(call.argument(index));
        } catch (ErrnoException e) {
            return 0;
        }
    }

    private static void address(StringBuilder out, Call call, long userAddr, int lengthBytes) {
        int length = Math.min(lengthBytes, MAX_ADDRESS_BYTES);
        MemorySegment memory =
                userAddr == 0 || length < 2 ? MemorySegment.NULL : call.read(userAddr, length);
        if (memory.byteSize() == 0) {
            Text.pointer(out, userAddr);
            return;
        }
        int family = memory.get(JAVA_SHORT_UNALIGNED, 0) & 0xffff;
        out.append("{sa_family=");
        Symbols.FAMILY.print(out, family);
        if (family == AF_UNIX) {
            String path = SockaddrUn.readFrom(memory, 0, length).path();
            boolean isAbstract = path.startsWith("\0");
            if (!path.isEmpty()) {
                out.append(", sun_path=").append(isAbstract ? "@" : "");
                Text.quote(out, isAbstract ? path.substring(1) : path, false);
            }
        } else if (family == AF_INET && length >= 8) {
            out.append(", sin_port=htons(").append(port(memory)).append("), sin_addr=inet_addr(\"");
            for (int i = 4; i < 8; i++) {
                out.append(i == 4 ? "" : ".").append(memory.get(JAVA_BYTE, i) & 0xff);
            }
            out.append("\")");
        } else if (family == AF_INET6 && length >= 24) {
            out.append(", sin6_port=htons(")
                    .append(port(memory))
                    .append("), inet_pton(AF_INET6, \"");
            for (int i = 8; i < 24; i += 2) {
                int word =
                        (memory.get(JAVA_BYTE, i) & 0xff) << 8
                                | memory.get(JAVA_BYTE, i + 1) & 0xff;
                out.append(i == 8 ? "" : ":").append(Integer.toHexString(word));
            }
            out.append("\")");
        } else if (family == AF_NETLINK && length >= 12) {
            out.append(", nl_pid=").append(memory.get(JAVA_INT_UNALIGNED, 4));
            out.append(", nl_groups=");
            Text.hex(out, memory.get(JAVA_INT_UNALIGNED, 8) & 0xffff_ffffL);
        }
        out.append('}');
    }

    private static int port(MemorySegment memory) {
        return (memory.get(JAVA_BYTE, 2) & 0xff) << 8 | memory.get(JAVA_BYTE, 3) & 0xff;
    }

    private static void message(StringBuilder out, Call call, long userAddr) {
        MemorySegment memory =
                userAddr == 0 ? MemorySegment.NULL : call.read(userAddr, MsgHdr.SIZE);
        if (memory.byteSize() == 0) {
            Text.pointer(out, userAddr);
            return;
        }
        MsgHdr header = MsgHdr.readFrom(memory, 0);
        out.append("{msg_name=");
        address(out, call, header.name(), header.nameLengthBytes());
        out.append(", msg_namelen=").append(header.nameLengthBytes()).append(", msg_iov=");
        long[] rest = {call.phase() == Call.Phase.LEFT ? call.result() : Long.MAX_VALUE};
        Arrays.array(
                out,
                call,
                header.iov(),
                Math.min(header.iovCount(), MAX_VECTOR),
                Iovec.SIZE,
                (text, vector, at) -> {
                    Iovec part = Iovec.readFrom(vector, at);
                    long used = Math.clamp(rest[0], 0, Math.max(0, part.lengthBytes()));
                    rest[0] -= used;
                    text.append("{iov_base=");
                    Text.buffer(text, call.memory(), part.base(), used);
                    text.append(", iov_len=").append(part.lengthBytes()).append('}');
                });
        out.append(", msg_iovlen=").append(header.iovCount());
        out.append(", msg_controllen=").append(header.controlLengthBytes()).append(", msg_flags=");
        Text.hex(out, header.flags() & 0xffff_ffffL);
        out.append('}');
    }
}
