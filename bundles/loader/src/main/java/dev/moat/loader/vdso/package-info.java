/**
 * The vDSO: a small ELF shared object, written here byte by byte, that every guest process finds by
 * AT_SYSINFO_EHDR. Its functions have the names and the version (LINUX_2.6) that C libraries, Go
 * and debuggers look for on x86-64.
 *
 * <p>Key types: {@code VdsoImage} (the file), {@code VdsoCode} (its instructions), {@code
 * ElfWriter} and {@code SymbolTable} (the format), {@link dev.moat.loader.vdso.VdsoMapper} (into an
 * address space). See vdso(7).
 */
@NullMarked
package dev.moat.loader.vdso;

import org.jspecify.annotations.NullMarked;
