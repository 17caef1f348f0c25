package dev.moat.api.cgroup;

import dev.moat.abi.Bpf;
import java.util.List;

/**
 * The programs of one group. Never changes.
 *
 * @param flags BPF_F_ALLOW_OVERRIDE or BPF_F_ALLOW_MULTI, or none of them
 * @param attachments in the order in which they are asked
 * @param revision how often that changed, from 1
 */
public record DevicePrograms(int flags, List<DeviceAttachment> attachments, long revision) {
    static final DevicePrograms NONE = new DevicePrograms(0, List.of(), 1);

    boolean isMulti() {
        return (flags & Bpf.BPF_F_ALLOW_MULTI) != 0;
    }

    /** The next revision; without programs flags mean nothing. */
    DevicePrograms with(int newFlags, List<DeviceAttachment> newAttachments) {
        int kept = newAttachments.isEmpty() ? 0 : newFlags;
        return new DevicePrograms(kept, List.copyOf(newAttachments), revision + 1);
    }
}
