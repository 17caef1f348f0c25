/**
 * Guest memory: the memory file, address spaces as the guest sees them, files as memory.
 *
 * <p>Three levels: what the guest asked for (VMAs), which range of the memory file backs it now
 * (page ownership), and the platform's mappings, which are derived and may be dropped at any time.
 */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.mm;

import org.jspecify.annotations.NullMarked;
