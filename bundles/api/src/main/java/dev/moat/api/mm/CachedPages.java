package dev.moat.api.mm;

/**
 * Numbers of pages of a file, or of a part of it.
 *
 * @param present in memory
 * @param dirty of these, not yet in what is behind the file
 */
public record CachedPages(long present, long dirty) {
    public static final CachedPages NONE = new CachedPages(0, 0);
}
