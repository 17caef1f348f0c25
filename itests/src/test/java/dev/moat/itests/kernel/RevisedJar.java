package dev.moat.itests.kernel;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** Makes another revision of a bundle of the distribution: the same but for what a test changes. */
final class RevisedJar {
    private static final Path BUNDLES = Path.of(System.getProperty("moat.home"), "bundles");

    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private final Manifest manifest;

    private RevisedJar(Path jar) throws IOException {
        try (var file = new JarFile(jar.toFile())) {
            manifest = file.getManifest();
            for (JarEntry entry : file.stream().toList()) {
                if (!entry.isDirectory() && !entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    try (InputStream content = file.getInputStream(entry)) {
                        entries.put(entry.getName(), content.readAllBytes());
                    }
                }
            }
        }
    }

    /** The bundle {@code dev.moat.NAME} with a higher version. */
    static RevisedJar of(String name) throws IOException {
        String fileName = "dev.moat." + name + ".jar";
        try (Stream<Path> files = Files.walk(BUNDLES)) {
            Path jar =
                    files.filter(file -> file.getFileName().toString().equals(fileName))
                            .findFirst()
                            .orElseThrow();
            return new RevisedJar(jar).header("Bundle-Version", _ -> "7.0.0");
        }
    }

    RevisedJar header(String name, UnaryOperator<String> change) {
        var headers = manifest.getMainAttributes();
        headers.putValue(name, change.apply(String.valueOf(headers.getValue(name))));
        return this;
    }

    RevisedJar withoutHeader(String name) {
        manifest.getMainAttributes().remove(new java.util.jar.Attributes.Name(name));
        return this;
    }

    RevisedJar withoutClass(String className) {
        if (entries.remove(className.replace('.', '/') + ".class") == null) {
            throw new IllegalArgumentException("no class " + className);
        }
        return this;
    }

    /** Lets all methods of a name throw an IllegalStateException first. */
    RevisedJar throwingIn(String className, String method) {
        ClassDesc exception = ClassDesc.of("java.lang.IllegalStateException");
        return startingWith(
                className,
                method,
                code ->
                        code.new_(exception)
                                .dup()
                                .ldc("broken by the test")
                                .invokespecial(
                                        exception,
                                        ConstantDescs.INIT_NAME,
                                        MethodTypeDesc.of(
                                                ConstantDescs.CD_void, ConstantDescs.CD_String))
                                .athrow());
    }

    /** Lets all methods of a name wait for ever first. */
    RevisedJar hangingIn(String className, String method) {
        ClassDesc latch = ClassDesc.of("java.util.concurrent.CountDownLatch");
        return startingWith(
                className,
                method,
                code ->
                        code.new_(latch)
                                .dup()
                                .iconst_1()
                                .invokespecial(
                                        latch,
                                        ConstantDescs.INIT_NAME,
                                        MethodTypeDesc.of(
                                                ConstantDescs.CD_void, ConstantDescs.CD_int))
                                .invokevirtual(
                                        latch, "await", MethodTypeDesc.of(ConstantDescs.CD_void)));
    }

    URI write() throws IOException {
        Path file = Files.createTempFile("moat-it-revision", ".jar");
        file.toFile().deleteOnExit();
        try (var out = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                out.putNextEntry(new JarEntry(entry.getKey()));
                new ByteArrayInputStream(entry.getValue()).transferTo(out);
                out.closeEntry();
            }
        }
        return file.toUri();
    }

    private RevisedJar startingWith(String className, String method, Consumer<CodeBuilder> start) {
        String entry = className.replace('.', '/') + ".class";
        ClassFile classFile = ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG);
        int[] changed = new int[1];
        CodeTransform atStart =
                new CodeTransform() {
                    @Override
                    public void atStart(CodeBuilder code) {
                        changed[0]++;
                        start.accept(code);
                    }

                    @Override
                    public void accept(CodeBuilder code, CodeElement element) {
                        code.with(element);
                    }
                };
        entries.computeIfPresent(
                entry,
                (_, content) ->
                        classFile.transformClass(
                                classFile.parse(content),
                                ClassTransform.transformingMethodBodies(
                                        (MethodModel model) ->
                                                model.methodName().equalsString(method),
                                        atStart)));
        if (changed[0] == 0) {
            throw new IllegalArgumentException("no method " + className + "." + method);
        }
        return this;
    }
}
