package dev.moat.api.cgroup;

import dev.moat.api.task.Task.CpuTime;

/**
 * What the files of a group say of it.
 *
 * @param type as cgroup.type has it
 * @param freezeWanted what cgroup.freeze was set to
 * @param maxDepth Integer.MAX_VALUE for none, as the next one
 * @param used by its tasks and those below, gone ones included
 */
public record CgroupFacts(
        String type,
        boolean threaded,
        boolean populated,
        boolean frozen,
        boolean freezeWanted,
        int maxDepth,
        int maxDescendants,
        int descendants,
        CpuTime used) {}
