/** The OSGi side of the VFS. */
@NullMarked
package dev.moat.vfs.component;

import org.jspecify.annotations.NullMarked;
