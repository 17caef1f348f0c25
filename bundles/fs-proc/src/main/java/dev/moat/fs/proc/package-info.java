/**
 * {@code /proc}: what the kernel knows, as files. @see <a
 * href="https://man7.org/linux/man-pages/man5/proc.5.html">proc(5)</a>
 *
 * <p>Key types: {@link dev.moat.fs.proc.ProcFilesystem}; {@link dev.moat.fs.proc.ProcDirectory} and
 * its kinds; {@link dev.moat.fs.proc.ProcFile} with a {@link dev.moat.fs.proc.Content} that is
 * rendered when reading starts, so that one reader sees one moment; {@link
 * dev.moat.fs.proc.ProcLink}. Nothing is stored here: every read asks the owner of the fact. No
 * locks.
 */
@NullMarked
package dev.moat.fs.proc;

import org.jspecify.annotations.NullMarked;
