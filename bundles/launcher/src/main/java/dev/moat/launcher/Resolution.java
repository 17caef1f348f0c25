package dev.moat.launcher;

import dev.moat.api.swap.SwapException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.ExecutionEnvironmentNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;

/** Resolves a bundle and says in the operator's words what it lacks. */
final class Resolution {
    private static final Pattern PACKAGE = Pattern.compile("osgi\\.wiring\\.package=([^)]+)");
    private static final Pattern JAVA = Pattern.compile("\\(version=([^)]+)");
    private static final Pattern LOWEST = Pattern.compile("\\(version>=([^)]+)");
    private static final Pattern TOO_HIGH = Pattern.compile("!\\(version>=([^)]+)");

    private final BundleContext context;

    Resolution(BundleContext context) {
        this.context = context;
    }

    /**
     * Resolves a bundle.
     *
     * @throws SwapException it cannot be resolved; names the first thing that is missing
     */
    void resolve(Bundle bundle, URI location) {
        boolean resolved =
                context.getBundle(0).adapt(FrameworkWiring.class).resolveBundles(Set.of(bundle));
        if (!resolved) {
            throw new SwapException(
                    bundle.getSymbolicName()
                            + " "
                            + bundle.getVersion()
                            + " ("
                            + location
                            + ") does not fit this kernel: "
                            + missing(bundle).orElseGet(() -> reasonOfTheFramework(bundle)));
        }
    }

    private Optional<String> missing(Bundle bundle) {
        for (BundleRequirement requirement :
                bundle.adapt(BundleRevision.class).getDeclaredRequirements(null)) {
            boolean needed =
                    !"optional".equals(requirement.getDirectives().get("resolution"))
                            && !"dynamic".equals(requirement.getDirectives().get("resolution"))
                            && !"active".equals(requirement.getDirectives().get("effective"));
            List<BundleCapability> candidates = candidates(requirement.getNamespace());
            if (needed && candidates.stream().noneMatch(requirement::matches)) {
                return Optional.of(describe(requirement, candidates));
            }
        }
        return Optional.empty();
    }

    private List<BundleCapability> candidates(String namespace) {
        List<BundleCapability> all = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            BundleRevision revision = bundle.adapt(BundleRevision.class);
            if (revision != null) {
                all.addAll(revision.getDeclaredCapabilities(namespace));
            }
        }
        return all;
    }

    private static String describe(BundleRequirement requirement, List<BundleCapability> there) {
        String filter = requirement.getDirectives().getOrDefault("filter", "");
        return switch (requirement.getNamespace()) {
            case PackageNamespace.PACKAGE_NAMESPACE -> describePackage(filter, there);
            case ExecutionEnvironmentNamespace.EXECUTION_ENVIRONMENT_NAMESPACE ->
                    "it needs Java "
                            + find(JAVA, filter).orElse(filter)
                            + ", this kernel runs on "
                            + Runtime.version().feature();
            default -> "it needs " + requirement.getNamespace() + " " + filter;
        };
    }

    private static String describePackage(String filter, List<BundleCapability> there) {
        String name = find(PACKAGE, filter).orElse(filter);
        String lowest = find(LOWEST, filter).map(version -> " " + version).orElse("");
        String below = find(TOO_HIGH, filter).map(version -> " up to " + version).orElse("");
        List<String> versions =
                there.stream()
                        .filter(capability ->
                                name.equals(
                                        capability
                                                .getAttributes()
                                                .get(PackageNamespace.PACKAGE_NAMESPACE)))
                        .map(capability ->
                                String.valueOf(
                                        capability
                                                .getAttributes()
                                                .get(Constants.VERSION_ATTRIBUTE)))
                        .distinct()
                        .toList();
        return "it needs package "
                + name
                + lowest
                + below
                + (versions.isEmpty()
                        ? ", which this kernel does not have"
                        : ", this kernel has " + String.join(" and ", versions));
    }

    /** Asks for a class, which resolves and tells why not, but runs nothing. */
    private static String reasonOfTheFramework(Bundle bundle) {
        try {
            bundle.loadClass("dev.moat.NoSuchClass");
            return "for reasons that the framework does not tell";
        } catch (ClassNotFoundException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return Diagnosis.firstLine(String.valueOf(cause.getMessage()));
        }
    }

    private static Optional<String> find(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
