package dev.moat.api.sandbox;

/**
 * What serves one part of a sandbox.
 *
 * @param name {@code mm}, {@code vfs}, {@code fs:tmpfs}...
 * @param bundle symbolic name of the bundle
 * @param version of the bundle
 * @param sinceNs realtime nanoseconds of the host: when this sandbox began to use it
 */
public record SubsystemInfo(String name, String bundle, String version, long sinceNs) {}
