package dev.moat.launcher;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;

/** Finds out why a service is missing, in words for the operator. */
final class Diagnosis {
    private Diagnosis() {}

    /**
     * Names the first bundle that could not be started, with the reason; empty when all of them
     * run.
     */
    static String of(BundleContext context) {
        for (Bundle bundle : context.getBundles()) {
            boolean fragment = bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null;
            if (fragment || bundle.getState() == Bundle.ACTIVE) {
                continue;
            }
            try {
                bundle.start();
            } catch (BundleException e) {
                return ": bundle " + bundle.getSymbolicName() + ": " + firstLine(e);
            }
        }
        return "";
    }

    private static String firstLine(BundleException e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }
}
