package dev.moat.api.sandbox;

import java.nio.file.Path;

/** A host directory or file shown at a guest path. */
public record Volume(Path hostPath, String guestPath, boolean readOnly) {}
