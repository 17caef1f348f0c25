/**
 * Sorted ranges with long bounds, without boxing. Nothing here is thread safe: the owner's lock
 * guards it.
 */
@NullMarked
package dev.moat.lib.range;

import org.jspecify.annotations.NullMarked;
