# {{ product|safe }} {{ version|safe }}: tells Intune whether this version with these settings is installed.
# {{ mark|safe }} Runs as SYSTEM or as a user, in 64-bit Windows PowerShell 5.1.
# Installed means exit code {{ exit.success|safe }}, a line on stdout and nothing on stderr.
# Safe in Constrained Language Mode. Looks at versions alone, never at keys.
$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'

# Intune starts a 32-bit PowerShell, which sees another registry and other folders. Only 32-bit processes see Sysnative.
$native = "$env:SystemRoot\Sysnative\WindowsPowerShell\v1.0\powershell.exe"
if (Test-Path -LiteralPath $native -PathType Leaf) {
    $global:LASTEXITCODE = {{ exit.failure|safe }}
    & $native -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $PSCommandPath
    exit $LASTEXITCODE
}

$installed = Get-ItemProperty -LiteralPath {{ machine_key }}
$version = "$($installed.{{ version_value|safe }})"
# Another revision means other settings: not installed, so that Intune runs the install command again.
if ("$($installed.{{ revision_value|safe }})" -cne {{ revision }}) { exit {{ exit.failure|safe }} }

# A release is newer than its pre-releases; of two pre-releases of one release neither passes for the other.
$numbers = [version]($version -replace '[-+].*$', '')
$newer = $numbers -gt [version]{{ numbers }}
$same = ($numbers -eq [version]{{ numbers }}) -and ($version -notmatch '^[^+]*-')
if ($newer -or $same -or ($version -ceq {{ version }})) {
    Write-Output "aiwatch $version is installed"
    exit {{ exit.success|safe }}
}
exit {{ exit.failure|safe }}
