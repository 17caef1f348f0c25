/**
 * The {@code sysfs} file system type: the few facts about the machine that programs look up there.
 * The machine is the sandbox's: as many CPUs as the kernel host may use, each a core of its own,
 * one memory node, no devices.
 *
 * <p>A tree is built once per instance and never changes; texts are made when a file is read from
 * its start.
 *
 * <p>Locks: each open file has one of rank {@code VFS_INODE} for its position.
 */
@NullMarked
package dev.moat.fs.sys;

import org.jspecify.annotations.NullMarked;
