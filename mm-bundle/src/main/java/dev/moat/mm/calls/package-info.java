/**
 * The system calls about memory: one class per man page. They check what only a task knows
 * (descriptors, capabilities, limits) and leave the work to {@link dev.moat.api.mm.MemoryManager},
 * also one of an older revision of this bundle.
 */
@NullMarked
package dev.moat.mm.calls;

import org.jspecify.annotations.NullMarked;
