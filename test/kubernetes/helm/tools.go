//go:build tools

// Package helm pins the module of Helm's command, which is built from here.
package helm

import _ "helm.sh/helm/v4/cmd/helm"
