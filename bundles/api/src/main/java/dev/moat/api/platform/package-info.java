/**
 * How guest code gets the CPU and how the kernel gets it back.
 *
 * <p>Key types: {@link dev.moat.api.platform.Platform} (a service), {@link
 * dev.moat.api.platform.AddressSpace} (derived mappings of one guest address space), {@link
 * dev.moat.api.platform.ExecutionContext} (one guest thread), {@link dev.moat.api.platform.Exit}.
 */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.platform;

import org.jspecify.annotations.NullMarked;
