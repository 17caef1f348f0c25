package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct new_utsname}: name and version of the system: six texts of at most 64 bytes.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/uname.2.html">uname(2)</a>
 */
public record Utsname(
        String system, String node, String release, String version, String machine, String domain) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            sequenceLayout(65, JAVA_BYTE).withName("sysname"),
                            sequenceLayout(65, JAVA_BYTE).withName("nodename"),
                            sequenceLayout(65, JAVA_BYTE).withName("release"),
                            sequenceLayout(65, JAVA_BYTE).withName("version"),
                            sequenceLayout(65, JAVA_BYTE).withName("machine"),
                            sequenceLayout(65, JAVA_BYTE).withName("domainname"))
                    .withName("struct new_utsname");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SYSNAME = offset("sysname");
    private static final long NODENAME = offset("nodename");
    private static final long RELEASE = offset("release");
    private static final long VERSION = offset("version");
    private static final long MACHINE = offset("machine");
    private static final long DOMAINNAME = offset("domainname");

    /** Reads the struct that lies at {@code at}. */
    public static Utsname readFrom(MemorySegment segment, long at) {
        return new Utsname(
                Latin1.readText(segment, at + SYSNAME, 65),
                Latin1.readText(segment, at + NODENAME, 65),
                Latin1.readText(segment, at + RELEASE, 65),
                Latin1.readText(segment, at + VERSION, 65),
                Latin1.readText(segment, at + MACHINE, 65),
                Latin1.readText(segment, at + DOMAINNAME, 65));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        Latin1.writeText(segment, at + SYSNAME, 65, system);
        Latin1.writeText(segment, at + NODENAME, 65, node);
        Latin1.writeText(segment, at + RELEASE, 65, release);
        Latin1.writeText(segment, at + VERSION, 65, version);
        Latin1.writeText(segment, at + MACHINE, 65, machine);
        Latin1.writeText(segment, at + DOMAINNAME, 65, domain);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
