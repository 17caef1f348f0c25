package dev.moat.net;

import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import java.util.Arrays;
import java.util.List;

/**
 * Who connected or listened, for SO_PEERPIDFD and SO_PEERGROUPS.
 *
 * @param group the process
 * @param groups its supplementary groups at that time
 */
public record PeerProcess(ThreadGroup group, List<Integer> groups) {
    public static PeerProcess of(Task task) {
        return new PeerProcess(
                task.group(), Arrays.stream(task.credentials().groups()).boxed().toList());
    }
}
