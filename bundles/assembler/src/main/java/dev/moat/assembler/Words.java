package dev.moat.assembler;

import dev.moat.api.subsystem.Subsystem;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.resource.Capability;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;

/** What bundles offer and need, in words for the operator. */
final class Words {
    static final String IDENTITY = "osgi.identity";
    static final String PACKAGE = "osgi.wiring.package";
    static final String SERVICE = "osgi.service";

    /** The way of a subsystem that has no alternative worth a name. */
    private static final String PLAIN = "moat";

    private Words() {}

    /** A capability of {@link Subsystem#NAMESPACE}: {@code vfs}, {@code fs proc}. */
    static String subsystem(Capability capability) {
        String name = String.valueOf(capability.getAttributes().get(Subsystem.NAME));
        String impl = String.valueOf(capability.getAttributes().get(Subsystem.IMPL));
        return impl.equals(PLAIN) ? name : name + " " + impl;
    }

    /** What to write into a recipe to ask for a subsystem. */
    static String clause(Capability capability) {
        return "%s;filter:='(&(name=%s)(impl=%s))'"
                .formatted(
                        Subsystem.NAMESPACE,
                        capability.getAttributes().get(Subsystem.NAME),
                        capability.getAttributes().get(Subsystem.IMPL));
    }

    /**
     * What is needed: {@code fs proc}, {@code package com.kenai.jffi}, {@code service Platform}.
     */
    static String need(Requirement requirement) {
        String filter = filter(requirement);
        return switch (requirement.getNamespace()) {
            case Subsystem.NAMESPACE ->
                    value(filter, Subsystem.NAME)
                            .map(name ->
                                    name
                                            + value(filter, Subsystem.IMPL)
                                                    .filter(impl -> !impl.equals(PLAIN))
                                                    .map(impl -> " " + impl)
                                                    .orElse(""))
                            .orElse(
                                    filter.equals("(name=*)")
                                            ? "every subsystem"
                                            : "subsystems " + filter);
            case IDENTITY ->
                    value(filter, IDENTITY)
                            .map(name -> "bundle " + name)
                            .orElse("bundles " + filter);
            case PACKAGE ->
                    value(filter, PACKAGE)
                            .map(name -> "package " + name + versions(filter))
                            .orElse("packages " + filter);
            case SERVICE ->
                    value(filter, "objectClass")
                            .map(type -> "service " + type.substring(type.lastIndexOf('.') + 1))
                            .orElse("services " + filter);
            default ->
                    value(filter, requirement.getNamespace())
                            .map(name -> requirement.getNamespace() + " " + name)
                            .orElse((requirement.getNamespace() + " " + filter).strip());
        };
    }

    /** The value that a filter wants an attribute to have, if it is one value. */
    static Optional<String> value(String filter, String attribute) {
        Matcher matcher =
                Pattern.compile("\\(" + Pattern.quote(attribute) + "=([^()*]+)\\)").matcher(filter);
        return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
    }

    static String filter(Requirement requirement) {
        return requirement.getDirectives().getOrDefault(Namespace.REQUIREMENT_FILTER_DIRECTIVE, "");
    }

    private static String versions(String filter) {
        Matcher matcher = Pattern.compile("\\(version>=([^()]+)\\)").matcher(filter);
        return matcher.find() ? " of version " + matcher.group(1) : "";
    }
}
