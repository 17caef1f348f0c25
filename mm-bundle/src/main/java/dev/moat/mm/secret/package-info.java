/**
 * memfd_secret(2): a file whose pages only those who map it get at. The file keeps its pages in
 * {@link dev.moat.api.mm.FilePages}, like a tmpfs; what is special is said by {@link
 * dev.moat.api.mm.Mappable#isSecret}, which the areas and page entries of an address space follow.
 *
 * <p>Key types: {@link SecretFile}. One lock, that of the inode, with nothing below it.
 */
@NullMarked
package dev.moat.mm.secret;

import org.jspecify.annotations.NullMarked;
