package dev.moat.swap.engine;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A revision of a made-up bundle: classes compiled from source into a loader of their own. */
public final class Revision implements AutoCloseable {
    public static final String PACKAGE = "dev.moat.example";

    private final URLClassLoader loader;

    private Revision(URLClassLoader loader) {
        this.loader = loader;
    }

    /**
     * @param sources class name to source without package statement and imports
     */
    public static Revision compile(Path directory, Map<String, String> sources) throws IOException {
        Files.createDirectories(directory);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaFileObject> units =
                sources.entrySet().stream()
                        .map(entry -> unit(entry.getKey(), entry.getValue()))
                        .collect(Collectors.toList());
        boolean compiled =
                compiler.getTask(
                                null,
                                null,
                                null,
                                List.of(
                                        "-d",
                                        directory.toString(),
                                        "-proc:none",
                                        "-cp",
                                        System.getProperty("java.class.path")),
                                null,
                                units)
                        .call();
        if (!compiled) {
            throw new IllegalArgumentException("the sources do not compile");
        }
        return new Revision(new URLClassLoader(new URL[] {url(directory)}));
    }

    private static URL url(Path directory) throws MalformedURLException {
        return directory.toUri().toURL();
    }

    public ClassLoader loader() {
        return loader;
    }

    public Class<?> type(String name) throws ClassNotFoundException {
        return loader.loadClass(PACKAGE + "." + name);
    }

    /** Calls a static method of class {@code name}. */
    public Object call(String name, String method, Object... arguments)
            throws ReflectiveOperationException {
        for (var candidate : type(name).getDeclaredMethods()) {
            if (candidate.getName().equals(method)) {
                candidate.setAccessible(true);
                return candidate.invoke(null, arguments);
            }
        }
        throw new NoSuchMethodException(method);
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }

    private static JavaFileObject unit(String name, String source) {
        String text =
                """
                package %s;
                import dev.moat.api.swap.*;
                import java.util.*;
                import java.util.concurrent.*;
                import java.util.concurrent.atomic.*;
                %s
                """
                        .formatted(PACKAGE, source);
        return new SimpleJavaFileObject(
                URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }
}
