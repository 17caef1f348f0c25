package dev.moat.api.mm;

import dev.moat.api.vfs.VfsPath;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
 * @param name shown in /proc/pid/maps ({@code [stack]}, {@code [vdso]}) of what has no place in the
 *     tree of files; empty for none
 * @param inode which file it is, for /proc/pid/maps
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

    /**
     * Device and inode as /proc/pid/maps shows them.
     *
     * @param place where the file was opened: its path is asked for when somebody reads, since it
     *     may be renamed or removed; null for what has none
     */
    public record FileIdentity(long device, long inode, @Nullable VfsPath place) {
        public static final FileIdentity NONE = new FileIdentity(0, 0);

        public FileIdentity(long device, long inode) {
            this(device, inode, null);
        }

        /** Whether it is the same file, wherever it was opened. */
        public boolean isSameFile(FileIdentity other) {
            return device == other.device && inode == other.inode;
        }
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
