package dev.moat.api.mm;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The pages of a file of huge pages. Whoever maps a part of it shared is promised its pages, unless
 * he does not want that. It cannot be written: {@link #write} throws EINVAL.
 */
@ProviderType
public interface HugeFilePages extends FilePages {
    /**
     * Promises pages to whoever will map them: they stay free until they are touched, or the part
     * is punched out.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM: there are not so many
     */
    void promise(long fileOffset, long lengthBytes);

    /**
     * From here on mappings are promised nothing: the file came with all the promises that there
     * are, or with none, as segments of shmget(2) do.
     */
    void endPromises();

    /** Makes the file as large as this if it is smaller: what mapped writable is, or allocated. */
    void growTo(long bytes);
}
