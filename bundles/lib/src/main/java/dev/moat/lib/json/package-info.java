/** JSON (RFC 8259): a reader that is total, and a writer of one line. */
@NullMarked
package dev.moat.lib.json;

import org.jspecify.annotations.NullMarked;
