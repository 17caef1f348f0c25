/**
 * The binary interface of Linux 6.18 on x86-64: error numbers, flags, system call numbers and
 * struct layouts.
 *
 * <p>Data only. Names are those of Linux; this is the one package in which they are used. Every
 * number and every offset is compared with the C headers of the build machine by {@code
 * AbiMatchesHeadersTest}.
 *
 * <p>Key types: {@link dev.moat.abi.Errno}, {@link dev.moat.abi.SyscallNumbers}; a struct is a
 * record with {@code LAYOUT}, {@code SIZE}, {@code readFrom} and {@code writeTo}. Constants live in
 * classes named after their man page or header. Neighbours: everybody uses this package, it uses
 * nobody. Locks: none.
 */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.abi;

import org.jspecify.annotations.NullMarked;
