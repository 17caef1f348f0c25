/**
 * The file system {@code cgroup2}: control groups as directories, cgroups(7).
 *
 * <p>Key types: {@link dev.moat.fs.cgroup.CgroupDirectory} for a group, {@link
 * dev.moat.fs.cgroup.CgroupFile} for one of its files, whose meaning is a {@link
 * dev.moat.fs.cgroup.Control}. Neighbours: {@code api.cgroup}, where the groups are. Locks: inodes
 * have none; open files one of rank {@code VFS_INODE}, never held when the tree is asked.
 */
@NullMarked
package dev.moat.fs.cgroup;

import org.jspecify.annotations.NullMarked;
