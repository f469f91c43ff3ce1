{{/* Whether it listens on more than the pod's own loopback address. */}}
{{- define "sluice.consoleExposed" -}}
{{- if or .Values.hub.console.service.enabled .Values.hub.console.ingress.enabled }}true{{ end -}}
{{- end -}}

{{- define "sluice.consoleName" -}}
{{- printf "%s-console" (include "sluice.fullname" .) -}}
{{- end -}}

{{- define "sluice.consoleSecret" -}}
{{- default (printf "%s-tls" (include "sluice.consoleName" .)) .Values.hub.console.tls.existingSecret -}}
{{- end -}}

{{/* Where browsers have it. */}}
{{- define "sluice.consoleAddress" -}}
{{- $console := .Values.hub.console -}}
{{- if $console.address -}}
{{- $console.address -}}
{{- else if $console.ingress.enabled -}}
https://{{ required "hub.console.ingress.host: the name that browsers have the console by" $console.ingress.host }}
{{- else if $console.service.enabled -}}
https://{{ include "sluice.consoleName" . }}.{{ .Release.Namespace }}.svc{{ if ne (int $console.service.port) 443 }}:{{ $console.service.port }}{{ end }}
{{- else -}}
http://localhost:7470
{{- end -}}
{{- end -}}

{{/* Names that its certificate is for. */}}
{{- define "sluice.consoleNames" -}}
{{- $name := include "sluice.consoleName" . -}}
{{- $namespace := .Release.Namespace -}}
{{- $own := list $name (printf "%s.%s" $name $namespace) (printf "%s.%s.svc" $name $namespace) "localhost" -}}
{{- $host := (urlParse (include "sluice.consoleAddress" .)).hostname -}}
{{- append $own $host | uniq | toJson -}}
{{- end -}}

{{/* Of hub.yaml. */}}
{{- define "sluice.consoleSettings" -}}
{{- $console := .Values.hub.console -}}
{{- $exposed := include "sluice.consoleExposed" . -}}
listen: '{{ ternary "0.0.0.0" "127.0.0.1" (ne $exposed "") }}:7470'
address: {{ include "sluice.consoleAddress" . | quote }}
{{- if $exposed }}
tls: { cert: /etc/sluice/console/tls.crt, key: /etc/sluice/console/tls.key }
{{- end }}
{{- with $console.trustedProxies }}
trustedProxies: {{ . | toJson }}
{{- end }}
sessions: {{ $console.sessions | toJson }}
firstUser: {{ $console.firstUser }}
# In a file and not in the log, which is collected.
welcome: /tmp/console-welcome
users: /var/lib/sluice/console-users.json
audit: /var/lib/sluice/console-audit.ndjson
{{- if $console.cluster.enabled }}
kubernetes:
  namespace: {{ .Release.Namespace }}
  audiences: {{ $console.cluster.audiences | toJson }}
  {{- with $console.cluster.oidcUsers }}
  oidcUsers: {{ ternary (omit . "enabled" | toJson) "false" .enabled }}
  {{- end }}
{{- end }}
{{- with $console.oidc }}
{{- if .enabled }}
oidc:
  issuer: {{ required "hub.console.oidc.issuer: the provider" .issuer | quote }}
  clientId: {{ required "hub.console.oidc.clientId: what the provider knows the console by" .clientId | quote }}
  {{- if .secretName }}
  clientSecretFile: /etc/sluice/oidc/{{ .secretKey }}
  {{- end }}
  address: {{ include "sluice.consoleAddress" $ | quote }}
  label: {{ .label | quote }}
  scopes: {{ .scopes | toJson }}
  userClaim: {{ .userClaim | quote }}
  groupsClaim: {{ .groupsClaim | quote }}
  groups:
    {{- required "hub.console.oidc.groups: who is in none of them does not get in" .groups | toYaml | nindent 4 }}
{{- end }}
{{- end }}
{{- end -}}
