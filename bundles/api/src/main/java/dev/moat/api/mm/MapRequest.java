package dev.moat.api.mm;

import java.util.Optional;

/**
 * What mmap(2) asks for.
 *
 * @param addressHint wanted address, 0 for any
 * @param lengthBytes rounded up to pages by the receiver
 * @param prot PROT_* bits
 * @param maxProt PROT_* bits that mprotect may later give (file opened read-only and shared: no
 *     write)
 * @param flags MAP_* bits
 * @param file what is mapped; empty for anonymous memory
 * @param offset in the file, page aligned
 * @param name shown in /proc/pid/maps (path, {@code [stack]}, {@code [vdso]}); empty for none
 * @param inode device and inode numbers for /proc/pid/maps
 */
public record MapRequest(
        long addressHint,
        long lengthBytes,
        int prot,
        int maxProt,
        int flags,
        Optional<Mappable> file,
        long offset,
        String name,
        FileIdentity inode) {

    /** Device and inode as /proc/pid/maps shows them. */
    public record FileIdentity(long device, long inode) {
        public static final FileIdentity NONE = new FileIdentity(0, 0);
    }

    /** Anonymous private memory. */
    public static MapRequest anonymous(
            long addressHint, long lengthBytes, int prot, int flags, String name) {
        return new MapRequest(
                addressHint,
                lengthBytes,
                prot,
                7,
                flags,
                Optional.empty(),
                0,
                name,
                FileIdentity.NONE);
    }
}
