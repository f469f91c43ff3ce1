{{- define "sluice.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "sluice.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "sluice.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "sluice.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Of a component: dict "root" $ "component" NAME */}}
{{- define "sluice.selector" -}}
app.kubernetes.io/name: {{ include "sluice.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/part-of: sluice
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* dict "root" $ "image" VALUES */}}
{{- define "sluice.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ default .root.Chart.AppVersion .image.tag }}
{{- end -}}
{{- end -}}

{{- define "sluice.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Of containers that need nothing of the kernel but its files and sockets. */}}
{{- define "sluice.containerSecurity" -}}
runAsNonRoot: true
runAsUser: 65534
runAsGroup: 65534
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "sluice.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65534
runAsGroup: 65534
fsGroup: 65534
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Where pods go: dict "values" VALUES */}}
{{- define "sluice.placement" -}}
nodeSelector:
  {{- merge (dict "kubernetes.io/os" "linux") .nodeSelector | toYaml | nindent 2 }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A writable copy of what was compiled when the image was made: it is loaded only where it belongs to who runs. */}}
{{- define "sluice.cacheEnvironment" -}}
- name: SLUICE_CACHE
  value: /var/cache/sluice
{{- end -}}

{{- define "sluice.nodePriorityClass" -}}
{{- if .Values.node.priorityClassName -}}
{{ .Values.node.priorityClassName }}
{{- else if .Values.priorityClass.create -}}
{{ include "sluice.fullname" . }}-node
{{- end -}}
{{- end -}}

{{- define "sluice.hubSecret" -}}
{{- default (printf "%s-hub-tls" (include "sluice.fullname" .)) .Values.hub.tls.existingSecret -}}
{{- end -}}

{{- define "sluice.nodesSecret" -}}
{{- default (printf "%s-nodes-tls" (include "sluice.fullname" .)) .Values.hub.tls.nodesExistingSecret -}}
{{- end -}}

{{/* Whether who delivers to the hub says by a token who it is. Tokens name their node from Kubernetes 1.32. */}}
{{- define "sluice.nodeTokens" -}}
{{- if and .Values.hub.enabled .Values.hub.nodeTokens.enabled (semverCompare ">=1.32-0" .Capabilities.KubeVersion.Version) }}true{{ end -}}
{{- end -}}

{{/* For the hub alone: the API server does not take it. */}}
{{- define "sluice.hubToken" -}}
- name: hub-token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken: { path: token, audience: sluice-hub, expirationSeconds: 3600 }
{{- end -}}

{{/* Names by which nodes reach the hub. */}}
{{- define "sluice.hubNames" -}}
{{- $name := printf "%s-hub" (include "sluice.fullname" .) -}}
{{- $namespace := .Release.Namespace -}}
{{- list $name (printf "%s.%s" $name $namespace) (printf "%s.%s.svc" $name $namespace) "localhost" | toJson -}}
{{- end -}}

{{/* How Elasticsearch is reached, in the words that hub.yaml and ship.yaml share. */}}
{{- define "sluice.elasticsearch" -}}
type: elasticsearch
nodes: {{ .Values.elasticsearch.nodes | toJson }}
namespace: {{ .Values.elasticsearch.namespace }}
retentionDays: {{ .Values.elasticsearch.retentionDays }}
{{- if eq .Values.elasticsearch.auth "apiKey" }}
auth: { apiKeyFile: /etc/sluice/elasticsearch/apiKey }
{{- else if eq .Values.elasticsearch.auth "basic" }}
auth: { username: {{ required "elasticsearch.username: auth is basic" .Values.elasticsearch.username | quote }}, passwordFile: /etc/sluice/elasticsearch/password }
{{- end }}
{{- if or .Values.elasticsearch.caKey .Values.elasticsearch.caFingerprint }}
tls:
  {{- with .Values.elasticsearch.caKey }}
  ca: /etc/sluice/elasticsearch/{{ . }}
  {{- end }}
  {{- with .Values.elasticsearch.caFingerprint }}
  caFingerprint: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Of the rights that the job of an uninstallation has: there before it, and gone with it. */}}
{{- define "sluice.uninstallRights" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: "-5"
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end -}}
