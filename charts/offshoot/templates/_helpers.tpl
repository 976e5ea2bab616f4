{{- define "offshoot.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "offshoot.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "offshoot.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "offshoot.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Cluster-scoped objects of two releases must not meet. */}}
{{- define "offshoot.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "offshoot.fullname" .) -}}
{{- end -}}

{{/* What selectors select by: it must never change. Takes (dict "root" $ "component" NAME). */}}
{{- define "offshoot.selectorLabels" -}}
app.kubernetes.io/name: {{ include "offshoot.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "offshoot.labels" -}}
{{ include "offshoot.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: offshoot
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "offshoot.image" -}}
{{- $repository := required "image.repository says where you pushed the image that the Dockerfile of the repository makes" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* `true` or empty: whether calls of environments are captured. */}}
{{- define "offshoot.isCapturing" -}}
{{- $mode := dig "capture" "mode" "tap" .Values.project.spec -}}
{{- if or (has $mode (list "nodes" "otlp")) (and (eq $mode "tap") (dig "capture" "tapImage" "" .Values.project.spec)) -}}
true
{{- end -}}
{{- end -}}

{{/* `true` or empty: whether the nodes capture environments, in place of taps. */}}
{{- define "offshoot.isCapturingAtNodes" -}}
{{- if eq (dig "capture" "mode" "tap" .Values.project.spec) "nodes" -}}
true
{{- end -}}
{{- end -}}

{{/* The same document as `offshoot.yaml` in a checkout. Where calls are captured, the analyser is this image. */}}
{{- define "offshoot.project" -}}
{{- $spec := deepCopy .Values.project.spec -}}
{{- if and (include "offshoot.isCapturing" .) (not (dig "capture" "image" "" $spec)) -}}
{{- $spec = mustMergeOverwrite $spec (dict "capture" (dict "image" (include "offshoot.image" .))) -}}
{{- end -}}
{{- with .Values.baselineCapture -}}
{{- if and .enabled .namespaces -}}
{{- $spec = mustMergeOverwrite $spec (dict "capture" (dict "baseline" true)) -}}
{{- end -}}
{{- if and .environments .tapImage (not (dig "capture" "tapImage" "" $spec)) -}}
{{- $spec = mustMergeOverwrite $spec (dict "capture" (dict "tapImage" .tapImage)) -}}
{{- end -}}
{{- end -}}
apiVersion: offshoot.dev/v1alpha1
kind: Project
metadata:
  name: {{ .Values.project.name }}
spec:
  {{- mustMergeOverwrite $spec (dict "engine" "kubernetes" "controlNamespace" .Release.Namespace) | toYaml | nindent 2 }}
{{- end -}}

{{- define "offshoot.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "offshoot.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Where pods go. Takes the values of one component. */}}
{{- define "offshoot.placement" -}}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "offshoot.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}
