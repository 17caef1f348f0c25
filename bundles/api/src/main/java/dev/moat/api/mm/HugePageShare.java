package dev.moat.api.mm;

import org.osgi.annotation.versioning.ProviderType;

/** The part of a {@link HugePagePool} that one file system has (Linux {@code hugepage_subpool}). */
@ProviderType
public interface HugePageShare {
    /** How many pages its files may have; {@link HugePagePool#UNLIMITED} for all. */
    long mostPages();

    /** How many they have or are promised; 0 where nothing limits them. */
    long usedPages();

    /** The file system ends: what is kept for it goes back, once its files have no page left. */
    void close();
}
