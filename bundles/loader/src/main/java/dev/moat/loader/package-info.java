/**
 * Programs: from an open file to an image in an empty address space, as execve(2) does it.
 *
 * <p>Key types: {@link dev.moat.loader.LoaderComponent} (the service), {@code ImageLoader} (follows
 * scripts), {@code ElfParser} and {@code ElfLoader}, {@code InitialStack}; {@code
 * dev.moat.loader.vdso} builds the shared object that every guest finds by AT_SYSINFO_EHDR.
 * Neighbours: api.mm maps and api.vfs reads what is loaded. Nothing here holds locks while it calls
 * out. Input is hostile: parsers check everything once and reject with the errno of Linux'
 * fs/exec.c, fs/binfmt_elf.c and fs/binfmt_script.c.
 */
@NullMarked
package dev.moat.loader;

import org.jspecify.annotations.NullMarked;
