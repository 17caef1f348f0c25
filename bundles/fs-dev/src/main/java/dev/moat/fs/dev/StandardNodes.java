package dev.moat.fs.dev;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.FileMode;
import dev.moat.api.vfs.Inode.Owner;
import java.util.List;

/**
 * What a fresh {@code /dev} holds: what containers are promised (runtime-spec, Default Devices).
 * Numbers: Documentation/admin-guide/devices.txt.
 */
final class StandardNodes {
    private static final int ALL = 0666;
    private static final int ROOT_GROUP = 0;

    /** Group tty of the usual distributions. */
    private static final int TTY_GROUP = 5;

    private static final List<Node> NODES =
            List.of(
                    new Node("null", 1, 3, ALL, ROOT_GROUP),
                    new Node("zero", 1, 5, ALL, ROOT_GROUP),
                    new Node("full", 1, 7, ALL, ROOT_GROUP),
                    new Node("random", 1, 8, ALL, ROOT_GROUP),
                    new Node("urandom", 1, 9, ALL, ROOT_GROUP),
                    new Node("kmsg", 1, 11, 0644, ROOT_GROUP),
                    new Node("fuse", 10, 229, ALL, ROOT_GROUP),
                    new Node(
                            "userfaultfd",
                            UserfaultDevice.MAJOR,
                            UserfaultDevice.MINOR,
                            0600,
                            ROOT_GROUP),
                    new Node("tty", 5, 0, ALL, TTY_GROUP),
                    new Node("console", 5, 1, 0620, TTY_GROUP));

    private static final List<Link> LINKS =
            List.of(
                    new Link("ptmx", "pts/ptmx"),
                    new Link("fd", "/proc/self/fd"),
                    new Link("stdin", "/proc/self/fd/0"),
                    new Link("stdout", "/proc/self/fd/1"),
                    new Link("stderr", "/proc/self/fd/2"));

    private static final List<String> MOUNT_POINTS = List.of("pts", "shm", "mqueue");

    private StandardNodes() {}

    static void addTo(DevDirectory root) {
        for (Node node : NODES) {
            root.create(
                    node.name(),
                    FileMode.S_IFCHR | node.permissions(),
                    DeviceNumbers.make(node.major(), node.minor()),
                    new Owner(0, node.group()));
        }
        for (Link link : LINKS) {
            root.makeSymlink(link.name(), link.target(), new Owner(0, 0));
        }
        for (String name : MOUNT_POINTS) {
            root.makeDirectory(name, FileMode.S_IFDIR | 0755, new Owner(0, 0));
        }
    }

    private record Node(String name, int major, int minor, int permissions, int group) {}

    private record Link(String name, String target) {}
}
