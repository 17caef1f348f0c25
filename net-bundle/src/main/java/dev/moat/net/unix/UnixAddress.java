package dev.moat.net.unix;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import java.nio.charset.StandardCharsets;

/** A name of a local socket. */
sealed interface UnixAddress {
    /** sizeof(sun_path). */
    int PATH_BYTES = 108;

    /** Offset of sun_path. */
    int PATH_OFFSET = 2;

    /** As a {@code struct sockaddr_un}, as long as it needs to be. */
    byte[] encode();

    /** No name. */
    record Unnamed() implements UnixAddress {
        @Override
        public byte[] encode() {
            return encoded("");
        }
    }

    /** A path, without its NUL. */
    record Path(String path) implements UnixAddress {
        @Override
        public byte[] encode() {
            return encoded(path + "\0");
        }
    }

    /** Bytes behind the leading NUL. */
    record Abstract(String name) implements UnixAddress {
        @Override
        public byte[] encode() {
            return encoded("\0" + name);
        }
    }

    /**
     * Reads what a guest gave.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL for a wrong family or length
     */
    static UnixAddress parse(byte[] address) {
        if (address.length < PATH_OFFSET || address.length > PATH_OFFSET + PATH_BYTES) {
            throw Errno.EINVAL.exception();
        }
        int family = address[0] & 0xff | (address[1] & 0xff) << 8;
        if (family != SocketConstants.AF_UNIX) {
            throw Errno.EINVAL.exception();
        }
        if (address.length == PATH_OFFSET) {
            return new Unnamed();
        }
        String name =
                new String(
                        address,
                        PATH_OFFSET,
                        address.length - PATH_OFFSET,
                        StandardCharsets.ISO_8859_1);
        if (name.charAt(0) == 0) {
            return new Abstract(name.substring(1));
        }
        int end = name.indexOf(0);
        return new Path(end < 0 ? name : name.substring(0, end));
    }

    private static byte[] encoded(String path) {
        byte[] address = new byte[PATH_OFFSET + path.length()];
        address[0] = SocketConstants.AF_UNIX;
        byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, address, PATH_OFFSET, bytes.length);
        return address;
    }
}
