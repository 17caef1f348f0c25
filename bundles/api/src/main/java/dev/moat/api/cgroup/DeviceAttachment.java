package dev.moat.api.cgroup;

import org.jspecify.annotations.Nullable;

/**
 * A program of a group.
 *
 * @param link what keeps it attached, and has the program then; null: the group has it
 */
public record DeviceAttachment(DeviceProgram program, @Nullable Object link) {
    void release() {
        if (link == null) {
            program.release();
        }
    }
}
