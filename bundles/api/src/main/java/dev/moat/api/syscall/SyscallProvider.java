package dev.moat.api.syscall;

import java.lang.invoke.MethodHandles;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** OSGi service of each bundle that serves system calls. */
@ConsumerType
public interface SyscallProvider {
    /** Subsystem name for the table: {@code vfs}, {@code mm}, {@code task}... */
    String subsystem();

    /** Objects with {@link Syscall} methods. */
    List<Object> handlers();

    /** Lookup with access to those methods: {@code MethodHandles.lookup()} of the provider. */
    MethodHandles.Lookup lookup();
}
