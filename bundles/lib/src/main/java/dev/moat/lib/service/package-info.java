/**
 * Services that several revisions of a bundle offer at the same time.
 *
 * <p>Key types: {@link dev.moat.lib.service.RevisionedServices}. Neighbours: the components of the
 * bundles that copy it. Locks: none.
 */
@NullMarked
package dev.moat.lib.service;

import org.jspecify.annotations.NullMarked;
