/**
 * erofs: read-only images, in a regular file that mount(2) names. Files are plain, inline, in
 * chunks, or compressed with LZ4, LZMA, DEFLATE or zstd.
 *
 * <p>An image is hostile, and may change while it is mounted: each structure is copied once, each
 * place is checked against the size of the image, each name and type is valid or EUCLEAN; nothing
 * loops for longer than the image has blocks; a cluster unpacks to 12 MiB at most.
 *
 * <p>Source: fs/erofs/erofs_fs.h, zmap.c, decompressor.c. Locks: none; what is mapped is guarded by
 * its pages.
 */
@NullMarked
package dev.moat.fs.erofs;

import org.jspecify.annotations.NullMarked;
