/**
 * The services of {@link dev.moat.api.host}, by jnr-ffi: the only native code of Moat.
 *
 * <p>{@link dev.moat.host.NativeCalls} is the one door to the host kernel; everything else packs
 * and unpacks arguments. Memory is reached through {@link java.lang.foreign.MemorySegment}. No
 * locks.
 */
@NullMarked
package dev.moat.host;

import org.jspecify.annotations.NullMarked;
