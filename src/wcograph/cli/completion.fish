function __wcograph
    set -l before (commandline -opc)
    set -l token (commandline -ct | string replace -r '^["\']' '' | string replace -ra '\\\\(.)' '$1')
    wcograph completion words -- $before[2..-1] "$token" 2>/dev/null
end
complete -c wcograph -a '(__wcograph)'
