package dev.moat.assembler;

import aQute.bnd.osgi.Analyzer;
import aQute.bnd.osgi.Annotation;
import aQute.bnd.osgi.ClassDataCollector;
import aQute.bnd.osgi.Clazz;
import aQute.bnd.osgi.Jar;
import aQute.bnd.osgi.Resource;
import dev.moat.api.syscall.Syscall;
import dev.moat.cli.KernelException;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** The system calls that a bundle declares with {@link Syscall}, read from its class files. */
final class DeclaredCalls {
    private DeclaredCalls() {}

    /** Collects their names; none of the bundle's code runs. */
    static SortedSet<String> of(Part part) {
        var names = new TreeSet<String>();
        var collector =
                new ClassDataCollector() {
                    @Override
                    public void annotation(Annotation annotation) {
                        if (annotation.getName().getFQN().equals(Syscall.class.getName())) {
                            names.add(String.valueOf(annotation.<Object>get("name")));
                        }
                    }
                };
        try (var jar = new Jar(part.jar().toFile());
                var analyzer = new Analyzer(jar)) {
            for (Map.Entry<String, Resource> entry : jar.getResources().entrySet()) {
                if (entry.getKey().endsWith(".class")) {
                    new Clazz(analyzer, entry.getKey(), entry.getValue())
                            .parseClassFileWithCollector(collector);
                }
            }
        } catch (Exception e) {
            throw new KernelException(
                    "cannot read the classes of " + part.jar() + ": " + e.getMessage(), e);
        }
        return names;
    }
}
