# {{ product|safe }}: {{ about|safe }}.
# {{ mark|safe }} Runs as {{ right|safe }}, in 64-bit Windows PowerShell 5.1.
# Thin on purpose: all logic is in the agent. Safe in Constrained Language Mode.
# Silent about errors of its own: an error record makes Intune and ConfigMgr report "Failed" whatever the exit code.
$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'

# Intune starts a 32-bit PowerShell, which sees another registry and other folders. Only 32-bit processes see Sysnative.
$native = "$env:SystemRoot\Sysnative\WindowsPowerShell\v1.0\powershell.exe"
if (Test-Path -LiteralPath $native -PathType Leaf) {
    $global:LASTEXITCODE = {{ exit.failure|safe }}
    & $native -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $PSCommandPath
    exit $LASTEXITCODE
}
{% if gated %}

# A device without an enrollment key is not to be enforced: say nothing, whoever runs this.
$settings = {{ machine_key }}
if (-not (Test-Path -LiteralPath $settings)) { $settings = {{ user_key }} }
$key = (Get-ItemProperty -LiteralPath $settings).{{ enrollment_key|safe }}
if ("$key" -notmatch '\S') { exit {{ exit.success|safe }} }
{% endif %}

# By SID, because account names are translated; by whoami, because Constrained Language Mode has no static methods.
$whoami = & "$env:SystemRoot\System32\whoami.exe" /user /fo csv /nh 2>$null
$system = "$whoami" -like {{ system_pattern }}
{% if system %}
if (-not $system) {
{% else %}
if ($system) {
{% endif %}
    Write-Output {{ refusal }}
    exit {{ exit.misuse|safe }}
}

$agent = "$env:ProgramFiles\{{ agent_path|safe }}"
{% if on_path %}
if (-not (Test-Path -LiteralPath $agent -PathType Leaf)) {
    $found = Get-Command -Name {{ agent_exe }} -CommandType Application | Select-Object -First 1
    $agent = "$($found.Source)"
}
{% endif %}
if (-not ($agent -and (Test-Path -LiteralPath $agent -PathType Leaf))) {
    Write-Output "aiwatch is not installed: there is no $env:ProgramFiles\{{ agent_path|safe }}{% if on_path %} and none on PATH{% endif %}"
    exit {{ missing|safe }}
}
{% if marker %}

$marker = "$env:LOCALAPPDATA\{{ marker|safe }}"
{% endif %}
{% if fresh_minutes %}
if (-not (Test-Path -LiteralPath $marker -PathType Leaf)) {
    Write-Output 'aiwatch has not scanned yet'
    exit {{ exit.failure|safe }}
}
$age = (Get-Date) - [datetime]"$(Get-Content -LiteralPath $marker -TotalCount 1)"
if (($null -eq $age) -or ($age.TotalMinutes -lt 0) -or ($age.TotalMinutes -gt {{ fresh_minutes|safe }})) {
    Write-Output 'the last aiwatch scan is older than {{ fresh_minutes|safe }} minutes'
    exit {{ exit.failure|safe }}
}
Write-Output 'the last aiwatch scan is fresh'
exit {{ exit.success|safe }}
{% else %}

# Through cmd.exe, because PowerShell makes an error record of each line that a program writes to stderr.
# The code set here counts when cmd.exe itself cannot be started.
$global:LASTEXITCODE = {{ exit.failure|safe }}
$said = & "$env:SystemRoot\System32\cmd.exe" /d /c "`"$agent`" {{ arguments|safe }} 2>&1"
$text = ($said -join ' ').Trim()
if (-not $text) { $text = "aiwatch {{ arguments|safe }}: exit code $LASTEXITCODE" }
# Intune keeps 2,048 characters. The end is what tells: errors and hints come last.
if ($text.Length -gt {{ shown|safe }}) { $text = $text.Substring($text.Length - {{ shown|safe }}) }
Write-Output $text
{% if marker %}

if ($LASTEXITCODE -eq {{ exit.success|safe }}) {
    New-Item -ItemType Directory -Force -Path "$env:LOCALAPPDATA\{{ marker_folder|safe }}" | Out-Null
    Set-Content -LiteralPath $marker -Value (Get-Date -Format o) -Encoding Ascii
}
{% endif %}

switch ($LASTEXITCODE) {
{% for row in exits %}
    {{ row.from|safe }} { exit {{ row.to|safe }} }
{% endfor %}
}
# Anything else is a failure; nothing falls through to success.
exit {{ exit.failure|safe }}
{% endif %}
