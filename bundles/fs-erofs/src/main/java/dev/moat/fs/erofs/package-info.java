/**
 * erofs: read-only images, in a regular file that mount(2) names. Uncompressed: plain, inline and
 * chunked files; a compressed file is EOPNOTSUPP.
 *
 * <p>An image is hostile, and may change while it is mounted: each structure is copied once, each
 * place is checked against the size of the image, each name and type is valid or EUCLEAN; nothing
 * loops for longer than the image has blocks.
 *
 * <p>Source: fs/erofs/erofs_fs.h. Locks: none; what is mapped is guarded by its pages.
 */
@NullMarked
package dev.moat.fs.erofs;

import org.jspecify.annotations.NullMarked;
