/** Files: file system types, inodes, open file descriptions, descriptor tables, path walk. */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.vfs;

import org.jspecify.annotations.NullMarked;
