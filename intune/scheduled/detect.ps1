# Runlayer AI Watch: detects that a scan is due (Detect, option B).
# Made by packager. Runs as the logged-on user, in 64-bit Windows PowerShell 5.1.
# Thin on purpose: all logic is in the agent. Safe in Constrained Language Mode.
# Silent about errors of its own: an error record makes Intune and ConfigMgr report "Failed" whatever the exit code.
$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'

# Intune starts a 32-bit PowerShell, which sees another registry and other folders. Only 32-bit processes see Sysnative.
$native = "$env:SystemRoot\Sysnative\WindowsPowerShell\v1.0\powershell.exe"
if (Test-Path -LiteralPath $native -PathType Leaf) {
    $global:LASTEXITCODE = 1
    & $native -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $PSCommandPath
    exit $LASTEXITCODE
}

# By SID, because account names are translated; by whoami, because Constrained Language Mode has no static methods.
$whoami = & "$env:SystemRoot\System32\whoami.exe" /user /fo csv /nh 2>$null
$system = "$whoami" -like '*"S-1-5-18"*'
if ($system) {
    Write-Output 'aiwatch scan must run as the logged-on user, not SYSTEM'
    exit 2
}

$agent = "$env:ProgramFiles\Runlayer\AIWatch\aiwatch.exe"
if (-not ($agent -and (Test-Path -LiteralPath $agent -PathType Leaf))) {
    Write-Output "aiwatch is not installed: there is no $env:ProgramFiles\Runlayer\AIWatch\aiwatch.exe"
    exit 1
}

$marker = "$env:LOCALAPPDATA\Runlayer\last_scan"
if (-not (Test-Path -LiteralPath $marker -PathType Leaf)) {
    Write-Output 'aiwatch has not scanned yet'
    exit 1
}
$age = (Get-Date) - [datetime]"$(Get-Content -LiteralPath $marker -TotalCount 1)"
if (($null -eq $age) -or ($age.TotalMinutes -lt 0) -or ($age.TotalMinutes -gt 30)) {
    Write-Output 'the last aiwatch scan is older than 30 minutes'
    exit 1
}
Write-Output 'the last aiwatch scan is fresh'
exit 0
