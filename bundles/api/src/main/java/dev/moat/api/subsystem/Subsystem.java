package dev.moat.api.subsystem;

/**
 * The words in which a bundle's manifest says what it is to the kernel: a capability {@code
 * moat.subsystem;name=platform;impl=ptrace;version:Version="0.1.0"}. A bundle with two of them, as
 * the one of the devices, has two capabilities.
 *
 * <p>The build writes them from the property {@code moat.subsystems} of the bundle's pom. The
 * running kernel reads them with {@code BundleRevision.getDeclaredCapabilities}, the assembler from
 * the file.
 */
public final class Subsystem {
    /** The namespace of the capability. */
    public static final String NAMESPACE = "moat.subsystem";

    /**
     * Which subsystem: {@code task}, {@code vfs}, {@code fs}, {@code mm}, {@code platform}, {@code
     * net}, ...
     */
    public static final String NAME = "name";

    /**
     * In which way it is made: {@code ptrace} of the platforms, the type as in mount(2) of the file
     * systems, {@code moat} where nothing tells it from others.
     */
    public static final String IMPL = "impl";

    /** The version of the bundle, without qualifier. */
    public static final String VERSION = "version";

    private Subsystem() {}
}
